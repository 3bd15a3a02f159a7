"""prompt.md: free text."""
