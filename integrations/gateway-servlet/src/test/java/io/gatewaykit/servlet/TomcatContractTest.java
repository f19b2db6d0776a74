package io.gatewaykit.servlet;

import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.junit.jupiter.api.Nested;

/** The suite of all adapters in Tomcat. */
class TomcatContractTest {
  @Nested
  class RequestsOnly extends ServletContract {
    RequestsOnly() {
      super(Container.TOMCAT, EnumSet.of(DispatcherType.REQUEST));
    }
  }

  @Nested
  class AllDispatches extends ServletContract {
    AllDispatches() {
      super(Container.TOMCAT, EnumSet.allOf(DispatcherType.class));
    }
  }
}
