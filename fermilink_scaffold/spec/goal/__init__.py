"""goal.md: one module for each kind of section."""
