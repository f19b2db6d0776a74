package io.gatewaykit.failover;

/** The settings of a group that concern its lines. */
record LinePolicy(
    Balancer balancer,
    LineSwitcher switcher,
    PanicMode panicMode,
    double panicBelow,
    int overprovisionPermille,
    String localLabel,
    String localValue,
    long slowStartNanos) {}
