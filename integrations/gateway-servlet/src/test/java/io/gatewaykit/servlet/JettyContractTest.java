package io.gatewaykit.servlet;

import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.junit.jupiter.api.Nested;

/** The suite of all adapters in Jetty. */
class JettyContractTest {
  @Nested
  class RequestsOnly extends ServletContract {
    RequestsOnly() {
      super(Container.JETTY, EnumSet.of(DispatcherType.REQUEST));
    }
  }

  @Nested
  class AllDispatches extends ServletContract {
    AllDispatches() {
      super(Container.JETTY, EnumSet.allOf(DispatcherType.class));
    }
  }
}
