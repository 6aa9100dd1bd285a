"""Why a violation happens: from the explored space to the orderings that force it."""
