"""Finding the vetted passage that answers a question, or finding that there is none."""
