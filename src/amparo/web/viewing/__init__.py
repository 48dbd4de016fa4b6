"""What supervisors lay down about viewing, and see of what reviewers bear."""
