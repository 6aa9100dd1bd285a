byte numbers[3], inbox[3], leader;
#define next ((_pid + 1) % 3)
#define own (_pid == 0 -> 2 : (_pid == 1 -> 3 : 1))
active [3] proctype node() {
    d_step { inbox[next] == 0 -> inbox[next] = own };
    do
    :: d_step { inbox[_pid] > 0 && (inbox[_pid] <= own || inbox[next] == 0) ->
           if
           :: inbox[_pid] > own -> inbox[next] = inbox[_pid]
           :: inbox[_pid] == own -> leader = inbox[_pid]
           :: else
           fi;
           inbox[_pid] = 0
       }
    od
}
#define elected (leader > 0)
#define right (leader == 3)
ltl somebody { <> elected }
ltl the_highest { !elected U right }
ltl at_last { <> [] right }
ltl the_lowest { <> (leader == 1) }
