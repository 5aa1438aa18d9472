"""What the record teaches: trials, lessons, what is held back, the files people may edit. Pure; docs/learning.md."""
