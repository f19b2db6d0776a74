// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.junit.jupiter.api.Nested;

/** The suite of all adapters in Tomcat. */
class TomcatContractTest {
  @Nested
  class OnThreads extends ServletContract {
    OnThreads() {
      super(Container.TOMCAT, false, EnumSet.of(DispatcherType.REQUEST));
    }
  }

  @Nested
  class OnThreadsAllDispatches extends ServletContract {
    OnThreadsAllDispatches() {
      super(Container.TOMCAT, false, EnumSet.allOf(DispatcherType.class));
    }
  }

  @Nested
  class Parked extends ServletContract {
    Parked() {
      super(Container.TOMCAT, true, EnumSet.of(DispatcherType.REQUEST));
    }
  }

  @Nested
  class ParkedAllDispatches extends ServletContract {
    ParkedAllDispatches() {
      super(Container.TOMCAT, true, EnumSet.allOf(DispatcherType.class));
    }
  }
}
