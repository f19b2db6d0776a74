// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.WeightedServiceInstanceListSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Spring Cloud LoadBalancer as used by a blocking client, with a fixed list of instances. */
final class SpringChooser {
  private SpringChooser() {}

  static Supplier<Object> of(int count, IntUnaryOperator weight, boolean weighted) {
    var instances = new ArrayList<ServiceInstance>();
    for (int i = 0; i < count; i++) {
      var labels = Map.of("weight", Integer.toString(weight.applyAsInt(i)));
      instances.add(new DefaultServiceInstance("e" + i, "g", "h" + i, 80, false, labels));
    }
    ServiceInstanceListSupplier fixed = new Fixed(List.copyOf(instances));
    ServiceInstanceListSupplier supplier =
        weighted
            ? new WeightedServiceInstanceListSupplier(
                fixed, instance -> Integer.parseInt(instance.getMetadata().get("weight")))
            : fixed;
    var balancer = new RoundRobinLoadBalancer(new Provider(supplier), "g", 0);
    Request<RequestDataContext> request = new DefaultRequest<>(new RequestDataContext());
    return () ->
        Objects.requireNonNull(
            Objects.requireNonNull(Mono.from(balancer.choose(request)).block()).getServer());
  }

  private record Fixed(List<ServiceInstance> instances) implements ServiceInstanceListSupplier {
    @Override
    public String getServiceId() {
      return "g";
    }

    @Override
    public Flux<List<ServiceInstance>> get() {
      return Flux.just(instances);
    }
  }

  private record Provider(ServiceInstanceListSupplier supplier)
      implements ObjectProvider<ServiceInstanceListSupplier> {
    @Override
    public ServiceInstanceListSupplier getObject() {
      return supplier;
    }

    @Override
    public ServiceInstanceListSupplier getIfAvailable() {
      return supplier;
    }
  }
}
