// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.policy;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafInspection;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.WafResult;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Inspects text messages of a WebSocket as bodies of requests to the same path. The head of the
 * upgrade has already been inspected: its fields are not scored again, and cannot label a message.
 *
 * @param firewall the firewall of the route
 */
record TextInspection(WafGuard firewall) implements MessageCheck {
  private static final Rejection BLOCKED =
      Rejection.builder(403, "waf_blocked", "Forbidden").build();

  @Override
  public Verdict check(GatewayRequest upgrade, BodyView payload) {
    if (payload.length() == 0) {
      return Verdict.allow();
    }
    var inspector = new Slices(upgrade);
    try {
      Rejection rejection = inspector.onBytes(payload.bytes());
      return rejection == null ? inspector.onHeld(true) : Verdict.reject(rejection);
    } finally {
      inspector.close();
    }
  }

  private WafInspection begin(GatewayRequest upgrade) {
    WafRequest message =
        WafRequest.of(upgrade.method(), upgrade.rawTarget(), Headers.empty())
            .withClient(upgrade.client().address());
    String route = upgrade.attributes().get(Route.SELECTED);
    return firewall.waf().begin(route == null ? message : message.onRoute(route));
  }

  @Override
  public BodyInspector inspectLarge(GatewayRequest upgrade) {
    return new Slices(upgrade);
  }

  /** Inspects one message slice by slice. */
  private final class Slices implements BodyInspector {
    private final GatewayRequest upgrade;
    private byte[] slice = {};
    private @Nullable WafInspection inspection;
    private boolean failed;

    Slices(GatewayRequest upgrade) {
      this.upgrade = upgrade;
    }

    @Override
    public int holdBytes() {
      return Integer.MAX_VALUE;
    }

    @Override
    public @Nullable Rejection onBytes(ByteBuffer bytes) {
      return rejection(() -> {
        int length = bytes.remaining();
        if (slice.length < length) {
          slice = new byte[length];
        }
        bytes.get(slice, 0, length);
        return inspection().body(slice, 0, length);
      });
    }

    @Override
    public Verdict onHeld(boolean complete) {
      Rejection rejection = rejection(() -> inspection().endBody(complete));
      return rejection == null ? Verdict.allow() : Verdict.reject(rejection);
    }

    private @Nullable Rejection rejection(Supplier<WafResult> step) {
      if (failed) {
        return null; // the firewall fails open
      }
      try {
        return step.get().blocked() ? BLOCKED : null;
      } catch (RuntimeException | LinkageError | StackOverflowError e) {
        if (firewall.failureMode() != FailureMode.FAIL_OPEN) {
          throw e; // the WebSocket is closed with 1011
        }
        failed = true;
        return null;
      }
    }

    private WafInspection inspection() {
      WafInspection known = inspection;
      if (known == null) {
        known = begin(upgrade);
        inspection = known;
      }
      return known;
    }

    @Override
    public void close() {
      if (inspection != null) {
        inspection.close();
      }
    }
  }
}
