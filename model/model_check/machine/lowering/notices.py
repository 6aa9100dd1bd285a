"""Keyspace notifications: what the server tells of its keys.

A kind says which events there are of a key (`notify "expired"`). Each is published, within the step
in which it happens, to the channels of the spec that tell of it, by the command of their kind by
which any client would publish it. A spec that listens to none has nothing of this.
"""

from __future__ import annotations

from .scope import LoweringScope

__all__ = ["tell"]


def tell(scope: LoweringScope, event: str, of: str) -> None:
    """Write what is told of an event of the key whose command is carried out, or (`of`) of that of
    another resource which the command was given."""
    world = scope.world
    name, number = scope.others[of] if of else (scope.resource, scope.resource_number)
    for channel in world.spec.resources:
        heard = channel.heard
        told = None if heard is None or heard.of != name else heard.told(event, number)
        if heard is None or told is None:
            continue
        instance, given = told
        inside = LoweringScope(
            world,
            scope.body,
            resource=channel.name,
            resource_number=instance,
            names={name: world.evaluate(scope, value) for name, value in given.items()},
        )
        world.execute_then(inside, heard.commands[instance].run, lambda: None)
