"""What stands on the page Lessons."""
