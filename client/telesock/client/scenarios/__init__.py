"""Scenarios: functions of an ordinary Python file that are given a lab, as `telesock run` runs them.

finding.py    which scenarios a file has, and which are wanted
running.py    one scenario, on a lab that is as new
stopping.py   how one is stopped where it waits
outcomes.py   how scenarios ended
failures.py   why one failed, as its author reads it
junit.py      all of it, for whoever reads JUnit's XML (extra `junit`)
"""
