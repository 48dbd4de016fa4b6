"""The catalogue of an operation: every place of every file with what is known of it, in columns, for search.

It is made of the tables, may be deleted at any time, and is no evidence. `building` makes it, `kept` is its files,
`searching` answers from them.
"""
