"""What a lab decides, without sockets, clocks or threads: who is meant, when to start, what to cut, who has come."""
