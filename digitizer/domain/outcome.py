"""What became of one photo, as it leaves the process that looked at it."""

from collections.abc import Mapping
from dataclasses import dataclass

from digitizer.domain.reading import PageReading
from digitizer.domain.verdict import Unreadable


@dataclass(frozen=True, slots=True)
class PhotoOutcome:
    """What became of one photo: a reading with its pictures, or the problem.

    Attributes:
        photo: sha256 of the bytes, in hex.
        reading: None when the photo is unreadable.
        problem: None when it was read.
        blobs: pictures people will look at, by name: "public", "page", "header",
            "crop/<field>", "witnesses/<field>".
            Private cells are painted in all of them. Of a page that was not located only "whole",
            in which nothing is painted, and of one located poorly that too; empty when the bytes
            are no picture.
    """

    photo: str
    reading: PageReading | None
    problem: Unreadable | None
    blobs: Mapping[str, bytes]
