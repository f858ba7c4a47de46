"""What others wrote, and what may be done with it: JSON that is looked into without trust, text that is cleaned."""
