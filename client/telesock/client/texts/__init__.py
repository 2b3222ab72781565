"""What the contract's messages say, in words for a person: one place for the command line, timelines and reports."""
