package io.gatewaykit.redis;

import io.gatewaykit.ratelimit.Gcra;
import org.jspecify.annotations.Nullable;

/**
 * Corrects what a request took: gives back if there is a receipt, else charges more.
 *
 * @param weight by how much
 */
record Settlement(Gcra plan, long weight, @Nullable Receipt receipt) implements BucketOp {
  @Override
  public void tell(Arguments arguments) {
    if (receipt == null) {
      arguments.charge(weight);
    } else {
      arguments.give(weight, receipt);
    }
  }

  @Override
  public void replay(BucketReplay bucket) {
    if (receipt == null) {
      bucket.charge(weight);
    } else {
      bucket.give(weight, receipt);
    }
  }
}
