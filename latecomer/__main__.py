"""`python -m latecomer`: the command line."""

from latecomer.entry import main

if __name__ == "__main__":
    main()
