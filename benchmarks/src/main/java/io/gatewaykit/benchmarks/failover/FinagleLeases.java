// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import com.twitter.finagle.Address;
import com.twitter.finagle.ClientConnection;
import com.twitter.finagle.NoBrokersAvailableException;
import com.twitter.finagle.Service;
import com.twitter.finagle.ServiceFactory;
import com.twitter.finagle.Stack;
import com.twitter.finagle.Status;
import com.twitter.finagle.loadbalancer.Balancers;
import com.twitter.finagle.loadbalancer.EndpointFactory;
import com.twitter.finagle.param.Stats;
import com.twitter.finagle.stats.NullStatsReceiver;
import com.twitter.util.Activity;
import com.twitter.util.Await;
import com.twitter.util.Future;
import com.twitter.util.Time;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.function.Supplier;
import scala.Tuple2;
import scala.collection.immutable.IndexedSeq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/** Finagle's peak EWMA balancer, over no-op factories that are always open. */
final class FinagleLeases {
  private FinagleLeases() {}

  static Supplier<Object> of(int count) {
    var factories = new ArrayList<EndpointFactory<Object, Object>>();
    for (int i = 0; i < count; i++) {
      factories.add(new Idle(i));
    }
    IndexedSeq<EndpointFactory<Object, Object>> all =
        CollectionConverters.asScala(factories).toIndexedSeq();
    ServiceFactory<Object, Object> balancer =
        Balancers.p2cPeakEwma(Balancers.p2cPeakEwma$default$1(), Balancers.p2cPeakEwma$default$2())
            .newBalancer(
                Activity.value(all),
                new NoBrokersAvailableException("g"),
                Stack.Params$.MODULE$
                    .empty()
                    .plus(new Tuple2<>(new Stats(new NullStatsReceiver()), Stats.param())));
    return () -> {
      try {
        Service<Object, Object> service = Await.result(balancer.apply());
        Await.result(service.close());
        return service;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private static final class Nothing extends Service<Object, Object> {
    @Override
    public Future<Object> apply(Object request) {
      return Future.value(request);
    }
  }

  private static final class Idle extends ServiceFactory<Object, Object>
      implements EndpointFactory<Object, Object> {
    private final Address address;
    private final Future<Service<Object, Object>> service = Future.value(new Nothing());

    Idle(int port) {
      address = new Address.Inet(InetSocketAddress.createUnresolved("h", port), NO_METADATA);
    }

    private static final scala.collection.immutable.Map<String, Object> NO_METADATA =
        scala.collection.immutable.Map$.MODULE$.empty();

    @Override
    public Future<Service<Object, Object>> apply(ClientConnection connection) {
      return service;
    }

    @Override
    public Future<BoxedUnit> close(Time deadline) {
      return Future.Done();
    }

    @Override
    public Status status() {
      return Status.Open$.MODULE$;
    }

    @Override
    public Address address() {
      return address;
    }

    @Override
    public void remake() {}
  }
}
