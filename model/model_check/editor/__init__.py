"""What an editor asks of a spec that is being written: a language server, and what it answers.

What a spec means is found out as everywhere: by the reader and the checker, of the text as it is
typed. Only where somebody stands in a text that is not right yet is found here.
"""
