// quorate-replica: one replica, with nobody between it and its connections.
#include "replica/program.h"

int main(int argc, char** argv) { return static_cast<int>(quorate::run_replica(argc, argv, nullptr)); }
