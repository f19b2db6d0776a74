// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.servicetalk.client.api.ConnectionFactory;
import io.servicetalk.client.api.DefaultServiceDiscovererEvent;
import io.servicetalk.client.api.LoadBalancedConnection;
import io.servicetalk.client.api.LoadBalancer;
import io.servicetalk.client.api.RequestConcurrencyController.Result;
import io.servicetalk.client.api.RequestTracker;
import io.servicetalk.client.api.ServiceDiscovererEvent;
import io.servicetalk.concurrent.api.AsyncCloseables;
import io.servicetalk.concurrent.api.Completable;
import io.servicetalk.concurrent.api.ListenableAsyncCloseable;
import io.servicetalk.concurrent.api.Publisher;
import io.servicetalk.concurrent.api.Single;
import io.servicetalk.context.api.ContextMap;
import io.servicetalk.loadbalancer.LoadBalancers;
import io.servicetalk.loadbalancer.LoadBalancingPolicies;
import io.servicetalk.loadbalancer.OutlierDetectorConfig;
import io.servicetalk.transport.api.TransportObserver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** ServiceTalk's power-of-two-choices balancer, over no-op connections. */
final class ServiceTalkLeases {
  private ServiceTalkLeases() {}

  static Supplier<Object> of(int count, boolean track) {
    var events = new ArrayList<ServiceDiscovererEvent<Integer>>();
    for (int i = 0; i < count; i++) {
      events.add(new DefaultServiceDiscovererEvent<>(i, ServiceDiscovererEvent.Status.AVAILABLE));
    }
    Publisher<Collection<ServiceDiscovererEvent<Integer>>> hosts =
        Publisher.<Collection<ServiceDiscovererEvent<Integer>>>from(List.copyOf(events))
            .concat(Publisher.never());
    LoadBalancer<Idle> balancer =
        LoadBalancers.<Integer, Idle>builder("g")
            .loadBalancingPolicy(LoadBalancingPolicies.p2c().build())
            .outlierDetectorConfig(new OutlierDetectorConfig.Builder().build())
            .build()
            .newLoadBalancer(hosts, new Connections(), "g");
    return () -> {
      try {
        Idle connection = balancer.selectConnection(any -> true, null).toFuture().get();
        if (track) {
          connection.track();
        }
        return connection;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    };
  }

  /** A closeable without resources. */
  abstract static class Open implements ListenableAsyncCloseable {
    private final ListenableAsyncCloseable closeable = AsyncCloseables.emptyAsyncCloseable();

    @Override
    public Completable onClose() {
      return closeable.onClose();
    }

    @Override
    public Completable closeAsync() {
      return closeable.closeAsync();
    }
  }

  private static final class Connections extends Open implements ConnectionFactory<Integer, Idle> {
    @Override
    public Single<Idle> newConnection(
        Integer address, @Nullable ContextMap context, @Nullable TransportObserver observer) {
      RequestTracker tracker =
          context == null ? null : context.get(RequestTracker.REQUEST_TRACKER_KEY);
      if (tracker == null) {
        throw new IllegalStateException("no tracker: the balancer would not measure latency");
      }
      return Single.succeeded(new Idle(tracker));
    }
  }

  static final class Idle extends Open implements LoadBalancedConnection {
    private final RequestTracker tracker;

    Idle(RequestTracker tracker) {
      this.tracker = tracker;
    }

    void track() {
      long start = tracker.beforeRequestStart();
      tracker.onRequestSuccess(start);
    }

    @Override
    public int score() {
      return 1;
    }

    @Override
    public Result tryRequest() {
      return Result.Accepted;
    }

    @Override
    public void requestFinished() {}

    @Override
    public boolean tryReserve() {
      return true;
    }

    @Override
    public Completable releaseAsync() {
      return Completable.completed();
    }
  }
}
