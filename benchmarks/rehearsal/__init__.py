"""A national election rehearsed at a scale: photos in, read, settled, reviewed, added up."""
