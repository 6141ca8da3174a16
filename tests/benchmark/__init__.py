"""`make bench`: the engine beside other programs that run the same model text on the same machine."""
