"""Contract prices: Counterpoint's price rules, evaluated over a book of facts (CP §5).

Read in this order: `facts` (what is known), `filters` (the conditions of rules), `book` (facts,
indexed), `engine` (which rule wins), `calculation` (what it yields). `reading` fills the facts
from Counterpoint, `saving` keeps them on disk. Only `reading` does I/O.
"""
