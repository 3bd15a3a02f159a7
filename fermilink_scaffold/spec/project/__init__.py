"""What the project is, read from its git-tracked files; nothing in it is executed."""
