/* The channel is scheduled fairly here, and not in the spec: it may lose either way. */
byte sent = 2, back = 2;
bit b, wanted;
bool news;
active proctype sender() {
    do
    :: d_step { sent == 2 -> sent = b }
    :: d_step { back != 2 ->
           if
           :: back == b -> b = 1 - b
           :: else
           fi;
           back = 2
       }
    od
}
active proctype receiver() {
    do
    :: d_step { sent != 2 && back == 2 ->
           news = (sent == wanted);
           if
           :: news -> wanted = 1 - wanted
           :: else
           fi;
           back = sent;
           sent = 2
       }
    od
}
active proctype loss() {
    do
    :: d_step { sent != 2 -> sent = 2 }
    od
}
ltl arrives { <> news }
ltl again { [] <> news }
ltl in_step { [] ((b == 1) -> <> (b != 1)) }
