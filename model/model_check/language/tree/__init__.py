"""The checked spec: every name resolved, every expression typed.

What the checker hands to the machine. Constants, named types and `define`s are gone
(constants became literals, a define that is used inside another expression is expanded);
kinds are instantiated for each resource. Nothing here can be wrong in a way that a user
could mend: later floors may assume it. `statements` are those of a step and those between steps,
`spec` is the whole, and `walk` goes through what lies in each other.
"""
