// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Gcra;
import java.util.List;

/** An operation on a bucket: encoded for the script, applied to its reply, then delivered. */
interface BucketOperation extends CoalescingQueue.Item<BucketOperation> {
  Gcra gcra();

  @Override
  default boolean isComplete() {
    return false;
  }

  /** Returns whether both have the same limit; a reconfiguration may have come in between. */
  @Override
  default boolean joins(BucketOperation first) {
    return gcra() == first.gcra();
  }

  /** Returns whether the receipts of later operations of the same call would be invalid. */
  @Override
  default boolean endsBatch() {
    return false;
  }

  /** Appends the operation to the script arguments. */
  void encode(ScriptArguments arguments);

  /** Applies the operation to the replayed bucket and records the result. */
  void apply(BucketReplay bucket);

  /** Completes the callers; called after all operations have been replayed. */
  default void complete() {}

  /** Completes the callers when Redis did not decide. */
  default void fail(StoreFailure failure) {}

  /** The script arguments; consecutive equal requests are encoded once, with a count. */
  final class ScriptArguments {
    private final List<String> list;
    private long count;
    private long bound;
    private long weight;

    ScriptArguments(List<String> list) {
      this.list = list;
    }

    void reserve(long count, long bound, long weight) {
      flush();
      list.addAll(List.of("R", Long.toString(count), Long.toString(bound), Long.toString(weight)));
    }

    void take(long moreCount, long moreBound, long moreWeight) {
      if (count > 0 && (bound != moreBound || weight != moreWeight)) {
        flush();
      }
      count += moreCount;
      bound = moreBound;
      weight = moreWeight;
    }

    void refund(long moreWeight, GrantReceipt receipt) {
      flush();
      list.add("G");
      list.add(Long.toString(moreWeight));
      list.add(Long.toString(receipt.period()));
      list.add(Long.toString(receipt.id()));
    }

    void reset() {
      flush();
      list.add("Z");
    }

    void charge(long moreWeight, long most) {
      flush();
      list.addAll(List.of("C", Long.toString(moreWeight), Long.toString(most)));
    }

    void flush() {
      if (count > 0) {
        list.add("T");
        list.add(Long.toString(count));
        list.add(Long.toString(bound));
        list.add(Long.toString(weight));
        count = 0;
      }
    }
  }
}
