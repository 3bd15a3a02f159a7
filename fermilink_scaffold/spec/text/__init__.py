"""Reading what people write: files, Markdown, commands, names of files."""
