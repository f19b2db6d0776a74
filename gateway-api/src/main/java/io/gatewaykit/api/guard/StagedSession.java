// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.GatewayRequest;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The session of a chain in which some guard takes part in later stages: records which guards were
 * called.
 */
final class StagedSession extends GuardSession {
  private static final VarHandle EVALUATED;
  private static final VarHandle CLAIMED;
  private static final long COMPLETED = Long.MIN_VALUE;

  static {
    try {
      var lookup = MethodHandles.lookup();
      EVALUATED = lookup.findVarHandle(StagedSession.class, "evaluated", long.class);
      CLAIMED = lookup.findVarHandle(StagedSession.class, "claimed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final GuardInvoker[] invokers;

  /**
   * Bit i: guard i has returned a verdict on the head. Sign bit: the session is complete. The
   * thread that sets the second of the two for guard i notifies the guard of the completion. The
   * atomic updates of the word order the two, so exactly one thread does. A guard is therefore
   * never notified while it is evaluating the head, although the client may disconnect on one
   * thread while an earlier guard's pending verdict completes on another.
   */
  private volatile long evaluated;

  /** Written before the sign bit of {@link #evaluated} is set, read after it was observed. */
  private @Nullable Completion completion;

  /** Set by the first call of {@link #complete}, the only one with an effect. */
  @SuppressWarnings("unused") // through CLAIMED
  private volatile boolean claimed;

  /**
   * Volatile: written before {@link #evaluated} is read in {@link #inspectBody}, and read after the
   * sign bit is set in {@link #complete}, so at least one of the two closes it.
   */
  private volatile @Nullable ChainInspector inspector;

  /** Volatile for the same reason as {@link #inspector}. */
  private volatile @Nullable ChainObserver observer;

  StagedSession(GuardInvoker[] invokers) {
    this.invokers = invokers;
  }

  @Override
  public Verdict head(GatewayRequest request) {
    return GuardPipeline.run(invokers, Stage.HEAD, request, this::evaluateHead);
  }

  private Verdict evaluateHead(int i, GuardInvoker invoker, GatewayRequest request) {
    if (evaluated < 0) {
      return Verdict.allow(); // the session is complete: the verdict is not used
    }
    Verdict verdict = invoker.head(request);
    long before = (long) EVALUATED.getAndBitwiseOr(this, 1L << i);
    if (before < 0 && invoker.stages.contains(Stage.COMPLETION)) {
      invoker.complete(request, requireNonNull(completion));
    }
    return verdict;
  }

  @Override
  public @Nullable BodyInspector inspectBody(GatewayRequest request) {
    ChainInspector made = ChainInspector.of(invokers, request);
    inspector = made;
    if (made != null && evaluated < 0) {
      made.close(); // the request completed on another thread, which may have missed the inspector
    }
    return made;
  }

  @Override
  public void response(GatewayRequest request, ResponseHead response) {
    for (GuardInvoker invoker : invokers) {
      if (invoker.stages.contains(Stage.RESPONSE)) {
        invoker.response(request, response);
      }
    }
  }

  @Override
  public @Nullable BodyObserver observeResponseBody(GatewayRequest request, ResponseHead response) {
    ChainObserver before = observer;
    if (before != null) {
      before.close();
    }
    ChainObserver made =
        hasBody(request, response) ? ChainObserver.of(invokers, request, response) : null;
    observer = made;
    if (made != null && evaluated < 0) {
      made.close(); // as in inspectBody
    }
    return made;
  }

  private static boolean hasBody(GatewayRequest request, ResponseHead response) {
    int status = response.status();
    return status >= 200 && status != 204 && status != 304 && !request.method().equals("HEAD");
  }

  @Override
  public boolean wantsResponse() {
    for (GuardInvoker invoker : invokers) {
      if (invoker.stages.contains(Stage.RESPONSE) || invoker.stages.contains(Stage.RESPONSE_BODY)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void complete(GatewayRequest request, Completion completion) {
    if (!CLAIMED.compareAndSet(this, false, true)) {
      return;
    }
    this.completion = completion;
    long before = (long) EVALUATED.getAndBitwiseOr(this, COMPLETED);
    ChainInspector made = inspector;
    if (made != null) {
      made.close();
    }
    ChainObserver observing = observer;
    if (observing != null) {
      observing.close();
    }
    for (int i = 0; i < invokers.length; i++) {
      if ((before & 1L << i) != 0 && invokers[i].stages.contains(Stage.COMPLETION)) {
        invokers[i].complete(request, completion);
      }
    }
  }
}
