package io.gatewaykit.servlet;

import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.junit.jupiter.api.Nested;

/** The suite of all adapters in Undertow. */
class UndertowContractTest {
  @Nested
  class RequestsOnly extends ServletContract {
    RequestsOnly() {
      super(Container.UNDERTOW, EnumSet.of(DispatcherType.REQUEST));
    }
  }

  @Nested
  class AllDispatches extends ServletContract {
    AllDispatches() {
      super(Container.UNDERTOW, EnumSet.allOf(DispatcherType.class));
    }
  }
}
