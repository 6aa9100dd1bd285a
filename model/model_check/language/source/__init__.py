"""From files that anybody may have made to nodes and texts that know where they stand."""
