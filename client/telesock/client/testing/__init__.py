"""What the pytest plugin loads once a test asks for it: agents, sessions, labs, and the evidence of a failure."""
