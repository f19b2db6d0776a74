// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.tck.AdapterContract;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletRegistration;
import java.util.EnumSet;

/** The suite of all adapters in one container, with one way to register the filter. */
abstract class ServletContract extends AdapterContract {
  private final Container container;
  private final boolean parking;
  private final EnumSet<DispatcherType> types;

  ServletContract(Container container, boolean parking, EnumSet<DispatcherType> types) {
    this.container = container;
    this.parking = parking;
    this.types = types;
  }

  @Override
  protected TckServer start(
      GuardSelector guards, RejectionRenderer renderer, ClientAddressResolver clients)
      throws Exception {
    var filter =
        GatewayFilter.builder()
            .guards(guards)
            .rejections(renderer)
            .clientAddress(clients)
            .parking(parking)
            .build();
    return container.start(context -> {
      FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
      gateway.setAsyncSupported(true);
      gateway.addMappingForUrlPatterns(types, false, "/*");
      ServletRegistration.Dynamic servlet = context.addServlet("tck", new TckServlet(application));
      servlet.setAsyncSupported(true);
      servlet.addMapping("/");
    });
  }

  @Override
  protected boolean holdsThreads() {
    return !parking;
  }

  @Override
  protected String name() {
    return container.documentedName();
  }

  @Override
  protected Targets targets() {
    return Targets.REJECTED_OR_PATH;
  }

  @Override
  protected boolean continuesEarly() {
    return container == Container.TOMCAT; // its continueResponseTiming is "immediately" by default
  }
}
