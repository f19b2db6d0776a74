package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.GatewayRequest;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The run of a chain in which some guard takes part in later stages: records which guards were
 * called.
 */
final class StagedRun extends GuardRun {
  private static final VarHandle ANSWERED;
  private static final VarHandle CLAIMED;
  private static final long COMPLETED = Long.MIN_VALUE;

  static {
    try {
      var lookup = MethodHandles.lookup();
      ANSWERED = lookup.findVarHandle(StagedRun.class, "answered", long.class);
      CLAIMED = lookup.findVarHandle(StagedRun.class, "claimed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final GuardCall[] calls;

  /**
   * Bit i: guard i has returned a verdict on the head. Sign bit: the run is complete. The thread
   * that sets the second of the two for guard i notifies the guard of the completion. The atomic
   * updates of the word order the two, so exactly one thread does. A guard is therefore never
   * notified while it is evaluating the head, although the client may disconnect on one thread
   * while an earlier guard's pending verdict completes on another.
   */
  private volatile long answered;

  /** Written before the sign bit of {@link #answered} is set, read after it was observed. */
  private @Nullable Completion completion;

  /** Set by the first call of {@link #complete}, the only one with an effect. */
  @SuppressWarnings("unused") // through CLAIMED
  private volatile boolean claimed;

  /**
   * Volatile: written before {@link #answered} is read in {@link #inspectBody}, and read after the
   * sign bit is set in {@link #complete}, so at least one of the two closes it.
   */
  private volatile @Nullable ChainInspector inspector;

  StagedRun(GuardCall[] calls) {
    this.calls = calls;
  }

  @Override
  public Verdict head(GatewayRequest request) {
    return GuardLoop.run(calls, Stage.HEAD, request, this::askHead);
  }

  private Verdict askHead(int i, GuardCall call, GatewayRequest request) {
    if (answered < 0) {
      return Verdict.allow(); // the run is complete: the verdict is not used
    }
    Verdict verdict = call.head(request);
    long before = (long) ANSWERED.getAndBitwiseOr(this, 1L << i);
    if (before < 0 && call.stages.contains(Stage.COMPLETION)) {
      call.complete(request, requireNonNull(completion));
    }
    return verdict;
  }

  @Override
  public @Nullable BodyInspector inspectBody(GatewayRequest request) {
    ChainInspector made = ChainInspector.of(calls, request);
    inspector = made;
    if (made != null && answered < 0) {
      made.close(); // the request completed on another thread, which may have missed the inspector
    }
    return made;
  }

  @Override
  public void response(GatewayRequest request, ResponseHead response) {
    for (GuardCall call : calls) {
      if (call.stages.contains(Stage.RESPONSE)) {
        call.response(request, response);
      }
    }
  }

  @Override
  public boolean wantsResponse() {
    for (GuardCall call : calls) {
      if (call.stages.contains(Stage.RESPONSE)) {
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
    long before = (long) ANSWERED.getAndBitwiseOr(this, COMPLETED);
    ChainInspector made = inspector;
    if (made != null) {
      made.close();
    }
    for (int i = 0; i < calls.length; i++) {
      if ((before & 1L << i) != 0 && calls[i].stages.contains(Stage.COMPLETION)) {
        calls[i].complete(request, completion);
      }
    }
  }
}
