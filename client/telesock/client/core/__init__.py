"""What both clients decide, without I/O, clock or event loop: messages go in, messages come out, time is an argument.

The shells (`aio`) move the bytes and wait; they decide nothing that is decided here.
"""
