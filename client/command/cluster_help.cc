#include "client/command/cluster_help.h"

namespace quorate::command::help {

const char* const cluster =
    R"(A cluster is a directory: cluster.toml, a key for each replica and client, and for each replica a log, a state and
what it printed. It may be moved; commands that change it wait for each other. Only processes that 'start' began are
ever signalled.

Examples:
  quorate cluster create c && quorate cluster start c
  quorate cluster status c
  quorate cluster destroy c

Exit status: 0 done; 1 a replica does not run, still runs, or has no stores; 2 the command line or a file is wrong; 3 no
quorum serves, or what was waited for did not come true; 4 a replica did not stop in time.)";

const char* const create =
    R"(Makes the keys, cluster.toml and the empty stores of a new cluster in DIR, which must be empty or absent. All private
keys are then in DIR: that is for local use, on one machine, by one user. For real hosts make each key where it is used
('quorate keygen') and give create the public ones: it makes no private key for a replica whose line in the hosts file
has a public key, and none for clients with --client-keys. client/README.md has the steps.

Hosts file: one line for each replica, in the order of their ids: HOST, HOST:PORT or [IPV6]:PORT; then, if the key was
made elsewhere, its public key (64 hexadecimal digits). Empty lines and lines that begin with '#' are skipped.

Examples:
  quorate cluster create c
  quorate cluster create c --replicas 7 --clients 64 --base-port 7000
  quorate cluster create c --hosts hosts.txt --client-keys clients.txt

Exit status: 0 made; 2 DIR is not empty, or a file or option is wrong (nothing is left behind).)";

const char* const keygen =
    R"(Makes an Ed25519 key for each FILE, which must not exist, and prints its public key and its name. The file is the
private key: it stays on the machine that uses it, as DIR/replica-I/key or DIR/client-I.key. The public key goes into
the files that 'quorate cluster create' reads.

Examples:
  quorate keygen c/replica-2/key
  quorate keygen c/client-0.key c/client-1.key

Exit status: 0 made; 2 a file exists or cannot be written (keys printed before it are made).)";

const char* const traitors =
    R"(Prints each traitor: its number, its name, what it does. They are replicas with good keys that lie, each in its own way,
and belong to the tests: the program quorate-traitor must stand beside quorate ('make traitors' builds it). With up to
(N-1)/3 of them in a cluster every answer stays right; with more nothing is promised.

Examples:
  quorate traitors
  quorate cluster start c --traitor 2=equivocate

Exit status: 0 printed; 2 quorate-traitor is not there.)";

const char* const start =
    R"(Starts each replica on this machine that is down and has its stores; those that run are left alone, so it may be
repeated. Returns when what it started answers and, if all replicas are on this machine, a quorum serves. If that fails,
what it started is stopped again; to start the others without a replica that fails, name them one at a time. After a
reboot, or after DIR was moved, it is the same command.

With --listen, replicas listen at that address and at their port in cluster.toml: for hosts whose own name leads
elsewhere than to where the others reach them.

With --traitor, the replicas named run quorate-traitor, until they are stopped: REPLICA=TRAITOR[@view:V][@above:N]
[@permille:P] lies from view V on, once N slots are stable, about P of 1000 messages. Traitors that are started together
collude, and the client with the highest number is on their side. A traitor may not even answer: start waits for the others.

Examples:
  quorate cluster start c
  quorate cluster start c 2
  quorate cluster start c --listen 0.0.0.0
  quorate cluster start c --traitor 2=equivocate

Exit status: 0 they serve; 2 no cluster, files are wrong, or no such traitor; 3 a replica ended or did
not answer in time, and what was started is stopped again.)";

const char* const status =
    R"(Asks every replica, for half a second at most, and prints for each: its process here, its role, its view, the last slot
it executed, its newest stable checkpoint, and how it is: 'ok' or the reason why not.

Examples:
  quorate cluster status c
  quorate cluster status c --watch
  if quorate cluster status c >/dev/null; then echo it serves; fi

Exit status: 0 a quorum serves (its primary among those that answer); 2 no cluster, or no client key to ask with; 3 no
quorum serves.)";

const char* const wait =
    R"(Waits until what is asked for is true; on a terminal it shows what is still missing. Whoever is behind catches up only
while a quorum serves.

Examples:
  quorate cluster wait c --healthy
  quorate cluster wait c --caught-up 2 --timeout 120

Exit status: 0 it is true; 2 no cluster, or options are wrong; 3 it did not come true in time.)";

const char* const logs =
    R"(Prints the last lines of what replicas logged, each replica under its own heading; with --json one object
{"replica", "line"} a line.

Examples:
  quorate cluster logs c
  quorate cluster logs c 2 --lines 100 --follow

Exit status: 0 printed; 1 nothing was logged; 2 no cluster.)";

const char* const stop =
    R"(Tells replicas to stop and waits for their end. A paused replica is resumed first, or it would not hear of it. Replicas
that do not run are no error.

Examples:
  quorate cluster stop c
  quorate cluster stop c 2 --timeout 5

Exit status: 0 none of them runs; 2 no cluster, or no such replica here; 4 one did not stop in time.)";

const char* const kill =
    R"(Ends replicas without giving them time for anything. Nothing that was acknowledged is lost: 'start' brings them back.

Examples:
  quorate cluster kill c 2
  quorate cluster kill c

Exit status: 0 ended; 1 none of them ran; 2 no cluster, or no such replica here.)";

const char* const pause =
    R"(Freezes replicas: their connections stay, and they say nothing. To the others that is a replica which has become very
slow. Returns when they stand still.

Examples:
  quorate cluster pause c 2

Exit status: 0 paused; 1 none of them runs; 2 no cluster, or no such replica here.)";

const char* const resume = R"(Lets paused replicas go on; does nothing to others that run.

Examples:
  quorate cluster resume c 2

Exit status: 0 they go on; 1 none of them runs; 2 no cluster, or no such replica here.)";

const char* const restart =
    R"(Stops replicas and starts them again; one that was down is started. Returns as 'start' does.

Examples:
  quorate cluster restart c 2
  quorate cluster restart c

Exit status: 0 they serve; 2 no cluster, or files are wrong; 3 a replica ended or did
not answer in time, and what was started is stopped again; 4 one did not stop in time, and none was started.)";

const char* const backup =
    R"(Makes TO, a copy of one replica's log and state as they were at one moment, with cluster.toml. The replica may run or
not; writes go on. Every record and every certificate is checked on the way. Private keys are not in it: keep copies of
the key files elsewhere, for without them the cluster is lost. The copy is as good as that replica's state, which no
certificate covers yet: copy a replica that you trust.

Examples:
  quorate cluster backup c c-monday
  quorate cluster backup c c-monday --replica 2

Exit status: 0 the copy is whole and on disk; 2 TO exists, stores cannot be read, or no room (no copy is left).)";

const char* const restore =
    R"(Lays the stores of all replicas anew from one copy, so that the whole cluster goes back to that moment. What was written
since is gone, also what was acknowledged. All replicas must be stopped and on this machine. One replica alone must
never go back: it would forget votes. The old stores are kept until all new ones are checked and in place; after a
failure half way nothing has changed, or the next command that changes something completes it. Only for clusters whose
replicas all go back loyally: messages signed in the time that is undone stay valid, and a traitor might keep them.

Examples:
  quorate cluster stop c && quorate cluster restore c c-monday && quorate cluster start c

Exit status: 0 restored; 1 a replica runs; 2 no whole backup, one of another cluster, or no room.)";

const char* const wipe =
    R"(Removes the log and the state of one replica that does not run. Its log holds what it voted for: without it the replica
could contradict itself. Started again it fetches the state, asks the others to let it in, and is mute until they did,
which takes some hundred slots (empty ones, if nothing else is to be ordered); 'status' tells how far it is. Until then
the cluster bears one bad replica less.

Examples:
  quorate cluster stop c 2 && quorate cluster wipe c 2 --yes
  quorate cluster start c && quorate cluster wait c --healthy

Exit status: 0 removed; 1 it runs, or has no stores; 2 no cluster, no such replica here, or not confirmed.)";

const char* const destroy =
    R"(Stops all replicas and removes DIR with everything in it: data, keys, and all that lies there beside them.

Examples:
  quorate cluster destroy c

Exit status: 0 gone; 2 no cluster, or it cannot be removed; 4 a replica did not stop in time, nothing was removed.)";

}  // namespace quorate::command::help
