// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.junit.jupiter.api.Nested;

/** The suite of all adapters in Undertow. */
class UndertowContractTest {
  @Nested
  class OnThreads extends ServletContract {
    OnThreads() {
      super(Container.UNDERTOW, false, EnumSet.of(DispatcherType.REQUEST));
    }
  }

  @Nested
  class OnThreadsAllDispatches extends ServletContract {
    OnThreadsAllDispatches() {
      super(Container.UNDERTOW, false, EnumSet.allOf(DispatcherType.class));
    }
  }

  @Nested
  class Parked extends ServletContract {
    Parked() {
      super(Container.UNDERTOW, true, EnumSet.of(DispatcherType.REQUEST));
    }
  }

  @Nested
  class ParkedAllDispatches extends ServletContract {
    ParkedAllDispatches() {
      super(Container.UNDERTOW, true, EnumSet.allOf(DispatcherType.class));
    }
  }
}
