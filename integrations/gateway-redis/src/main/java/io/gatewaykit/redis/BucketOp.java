package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Gcra;
import java.util.List;

/** An operation on a bucket: told to the script, replayed on its reply, and then delivered. */
interface BucketOp {
  Gcra plan();

  /** Whether nobody waits for it any more, so that it need not be done. */
  default boolean isOver() {
    return false;
  }

  /** Appends itself to the script's arguments. */
  void tell(Arguments arguments);

  /** Notes what it came to. */
  void replay(BucketReplay bucket);

  /** Tells those who wait; after all operations were replayed. */
  default void deliver() {}

  /** Tells those who wait that Redis did not decide. */
  default void fail(StoreFailure failure) {}

  /** The script's arguments; requests alike that follow one another are told once. */
  final class Arguments {
    private final List<String> list;
    private long count;
    private long bound;
    private long weight;

    Arguments(List<String> list) {
      this.list = list;
    }

    void take(long moreCount, long moreBound, long moreWeight) {
      if (count > 0 && (bound != moreBound || weight != moreWeight)) {
        flush();
      }
      count += moreCount;
      bound = moreBound;
      weight = moreWeight;
    }

    void give(long moreWeight, Receipt receipt) {
      flush();
      list.add("G");
      list.add(Long.toString(moreWeight));
      list.add(Long.toString(receipt.sec()));
      list.add(Long.toString(receipt.units()));
      list.add(Long.toString(receipt.period()));
      list.add(Long.toString(receipt.given()));
      list.add(Long.toString(receipt.dip()));
    }

    void charge(long moreWeight) {
      flush();
      list.add("C");
      list.add(Long.toString(moreWeight));
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
