"""What can be done anywhere: one item at a time, from what the task itself carries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Task(ABC, Generic[Item, Result]):
    """A piece of work in independent items; it is carried to other machines, and so is each item."""

    @abstractmethod
    def do(self, item: Item, threads: int = 1) -> Result:
        """Do one item; the result depends on the task and the item, and on nothing of the machine."""
