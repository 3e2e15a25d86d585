"""The benchmarks: ours beside a floor and a peer, in one run."""
