package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** The run of a chain in which some guard looks beyond the head: remembers who answered. */
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
   * Bit i: guard i has answered about the head. Sign bit: the run is complete. Whoever sets the
   * second of the two, for guard i, tells it of the end; the word's atomic updates order the two,
   * so exactly one does. A guard is therefore never told while it is still being asked, though the
   * client may go away on one thread while an earlier guard's pending verdict completes on another.
   */
  private volatile long answered;

  /** Written before the sign bit of {@link #answered} is set, read after it was seen. */
  private @Nullable Completion completion;

  /** Set by the one call of {@link #complete} that counts. */
  @SuppressWarnings("unused") // through CLAIMED
  private volatile boolean claimed;

  private long wantsBody;

  /** Guards that refuse whatever body there is, because they failed when asked what they want. */
  private long refusesBody;

  StagedRun(GuardCall[] calls) {
    this.calls = calls;
  }

  @Override
  public Verdict head(GatewayRequest request) {
    return GuardLoop.run(calls, Stage.HEAD, request, this::askHead);
  }

  private Verdict askHead(int i, GuardCall call, GatewayRequest request) {
    if (answered < 0) {
      return Verdict.allow(); // nobody is waiting any more
    }
    Verdict verdict = call.head(request);
    long before = (long) ANSWERED.getAndBitwiseOr(this, 1L << i);
    if (before < 0 && call.stages.contains(Stage.COMPLETION)) {
      call.complete(request, requireNonNull(completion));
    }
    return verdict;
  }

  @Override
  public int bodyBytesWanted(GatewayRequest request) {
    int most = 0;
    wantsBody = 0;
    refusesBody = 0;
    for (int i = 0; i < calls.length; i++) {
      int wanted = calls[i].bodyBytesWanted(request);
      if (wanted == GuardCall.REFUSES) {
        refusesBody |= 1L << i;
        wanted = 1; // so that the adapter looks whether there is a body
      }
      if (wanted > 0) {
        wantsBody |= 1L << i;
        most = Math.max(most, wanted);
      }
    }
    return most;
  }

  @Override
  public Verdict body(GatewayRequest request, BodyView body) {
    long wants = wantsBody;
    long refuses = refusesBody;
    return GuardLoop.run(
        calls,
        Stage.BODY,
        request,
        (i, call, r) -> {
          if ((wants & 1L << i) == 0) {
            return Verdict.allow();
          }
          return (refuses & 1L << i) == 0 ? call.body(r, body) : call.onFailure;
        });
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
    for (int i = 0; i < calls.length; i++) {
      if ((before & 1L << i) != 0 && calls[i].stages.contains(Stage.COMPLETION)) {
        calls[i].complete(request, completion);
      }
    }
  }
}
