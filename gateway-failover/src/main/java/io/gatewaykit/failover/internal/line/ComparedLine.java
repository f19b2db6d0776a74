// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.line;

/** A line as the rules compare it with others. */
public interface ComparedLine {
  /** Returns an object that identifies the line as long as its state exists. */
  Object identity();

  /** Returns the id. */
  String id();

  /** Returns the priority; 0 is the most preferred. */
  int priority();

  /** Returns the factor by which latencies are multiplied. */
  double price();

  /** Returns whether it has an eligible endpoint, a weight and a free slot. */
  boolean hasCapacity();

  /** Returns the failback state. */
  LineCourse course();

  /** Returns the latencies. */
  LineSpeed speed();

  /** Returns the recent loss. */
  LineLoss loss();

  /** Adds the attempts since the last call to the loss, at most once a second. */
  void sampleLoss(long now);

  /** Returns the cumulative counters. */
  Tally tally(long now);
}
