// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ChannelLogger;
import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.ResolvedAddresses;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancerProvider;
import io.grpc.LoadBalancerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * gRPC's pickers over ready no-op channels. The scheduler of weighted picks, the settings of a ring
 * and the key of ring picks are package-private, so they are created by reflection. The calls that
 * are measured are not: a lambda class of gRPC's own package makes them.
 */
final class GrpcPickers {
  private static final String XDS = "io.grpc.xds.";
  private static final CallOptions.Key<Long> HASH_KEY = hashKey();

  private GrpcPickers() {}

  /** Returns the scheduler behind the weighted round robin. */
  static Supplier<Object> weighted(List<Integer> numbers, ToIntFunction<Integer> weight) {
    var weights = new float[numbers.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = weight.applyAsInt(numbers.get(i));
    }
    IntSupplier scheduler = scheduler(weights);
    return () -> numbers.get(scheduler.getAsInt());
  }

  private static IntSupplier scheduler(float[] weights) {
    try {
      Class<?> type = Class.forName(XDS + "WeightedRoundRobinLoadBalancer$StaticStrideScheduler");
      Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
      MethodHandle pick = lookup.findVirtual(type, "pick", MethodType.methodType(int.class));
      MethodHandle factory =
          LambdaMetafactory.metafactory(
                  lookup,
                  "getAsInt",
                  MethodType.methodType(IntSupplier.class, type),
                  MethodType.methodType(int.class),
                  pick,
                  MethodType.methodType(int.class))
              .getTarget();
      Constructor<?> constructor = type.getDeclaredConstructor(float[].class, AtomicInteger.class);
      constructor.setAccessible(true);
      return (IntSupplier) factory.invoke(constructor.newInstance(weights, new AtomicInteger()));
    } catch (Throwable e) { // of the method handle
      throw new IllegalStateException("gRPC's scheduler", e);
    }
  }

  @SuppressWarnings("unchecked")
  private static CallOptions.Key<Long> hashKey() {
    try {
      Field field = Class.forName(XDS + "XdsNameResolver").getDeclaredField("RPC_HASH_KEY");
      field.setAccessible(true);
      return (CallOptions.Key<Long>) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("gRPC's hash key", e);
    }
  }

  private static Object ringConfig() {
    try {
      Constructor<?> constructor =
          Class.forName(XDS + "RingHashLoadBalancer$RingHashConfig")
              .getDeclaredConstructor(long.class, long.class, String.class);
      constructor.setAccessible(true);
      return constructor.newInstance(1024L, 8L << 20, "");
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("gRPC's ring settings", e);
    }
  }

  /** Returns the round-robin picker. */
  static Supplier<Object> roundRobin(int count) {
    SubchannelPicker picker = picker("round_robin", count, new Object());
    var arguments = new Arguments();
    return () -> Objects.requireNonNull(picker.pickSubchannel(arguments).getSubchannel());
  }

  /** Returns the ring-hash picker, with default ring sizes. */
  static LongFunction<Object> ring(int count) {
    SubchannelPicker picker = picker("ring_hash_experimental", count, ringConfig());
    var arguments = new Arguments();
    return key -> {
      arguments.options = CallOptions.DEFAULT.withOption(HASH_KEY, key);
      return Objects.requireNonNull(picker.pickSubchannel(arguments).getSubchannel());
    };
  }

  private static SubchannelPicker picker(String policy, int count, Object config) {
    LoadBalancerProvider provider =
        Objects.requireNonNull(
            LoadBalancerRegistry.getDefaultRegistry().getProvider(policy), policy);
    var helper = new Helper();
    LoadBalancer balancer = provider.newLoadBalancer(helper);
    var groups = new ArrayList<EquivalentAddressGroup>();
    for (int i = 0; i < count; i++) {
      groups.add(new EquivalentAddressGroup(InetSocketAddress.createUnresolved("h" + i, 80)));
    }
    ResolvedAddresses addresses =
        ResolvedAddresses.newBuilder()
            .setAddresses(groups)
            .setLoadBalancingPolicyConfig(config)
            .build();
    helper.context.execute(() -> {
      Status status = balancer.acceptResolvedAddresses(addresses);
      if (!status.isOk()) {
        throw new IllegalStateException(status.toString());
      }
    });
    // A ring connects only on picks, so pick until all endpoints are connected.
    var arguments = new Arguments();
    for (long key = 0; helper.ready.get() < count && key < 100_000_000; key++) {
      arguments.options = CallOptions.DEFAULT.withOption(HASH_KEY, key * 0x9e3779b97f4a7c15L);
      PickResult unused = helper.picker().pickSubchannel(arguments);
    }
    if (helper.ready.get() < count) {
      throw new IllegalStateException("ready: " + helper.ready + " (expected: " + count + ")");
    }
    return helper.picker();
  }

  private static final class Arguments extends LoadBalancer.PickSubchannelArgs {
    CallOptions options = CallOptions.DEFAULT;
    private final Metadata headers = new Metadata();

    @Override
    public CallOptions getCallOptions() {
      return options;
    }

    @Override
    public Metadata getHeaders() {
      return headers;
    }

    @Override
    public MethodDescriptor<?, ?> getMethodDescriptor() {
      throw new UnsupportedOperationException();
    }
  }

  /** Connects each subchannel immediately when requested. */
  private static final class Helper extends LoadBalancer.Helper {
    final AtomicInteger ready = new AtomicInteger();
    final SynchronizationContext context =
        new SynchronizationContext((thread, failure) -> {
          throw new IllegalStateException(failure);
        });
    private volatile @Nullable SubchannelPicker picker;

    SubchannelPicker picker() {
      return Objects.requireNonNull(picker, "picker");
    }

    @Override
    public LoadBalancer.Subchannel createSubchannel(LoadBalancer.CreateSubchannelArgs arguments) {
      return new Connected(this, arguments);
    }

    @Override
    public ManagedChannel createOobChannel(EquivalentAddressGroup group, String authority) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void updateBalancingState(ConnectivityState state, SubchannelPicker picker) {
      this.picker = picker;
    }

    @Override
    public SynchronizationContext getSynchronizationContext() {
      return context;
    }

    @Override
    public void refreshNameResolution() {}

    @Override
    public String getAuthority() {
      return "g";
    }

    @Override
    public ChannelLogger getChannelLogger() {
      return Silent.INSTANCE;
    }
  }

  private static final class Connected extends LoadBalancer.Subchannel {
    private final Helper helper;
    private final LoadBalancer.CreateSubchannelArgs arguments;
    private LoadBalancer.@Nullable SubchannelStateListener listener;
    private boolean connected;

    Connected(Helper helper, LoadBalancer.CreateSubchannelArgs arguments) {
      this.helper = helper;
      this.arguments = arguments;
    }

    @Override
    public void start(LoadBalancer.SubchannelStateListener listener) {
      this.listener = listener;
      publish(ConnectivityState.IDLE);
    }

    @Override
    public void requestConnection() {
      if (!connected) {
        connected = true;
        publish(ConnectivityState.CONNECTING);
        publish(ConnectivityState.READY);
        helper.context.execute(helper.ready::incrementAndGet);
      }
    }

    private void publish(ConnectivityState state) {
      LoadBalancer.SubchannelStateListener to = Objects.requireNonNull(listener);
      helper.context.execute(() -> to.onSubchannelState(ConnectivityStateInfo.forNonError(state)));
    }

    @Override
    public void shutdown() {}

    @Override
    public List<EquivalentAddressGroup> getAllAddresses() {
      return arguments.getAddresses();
    }

    @Override
    public Attributes getAttributes() {
      return arguments.getAttributes();
    }

    @Override
    public void updateAddresses(List<EquivalentAddressGroup> addresses) {}

    @Override
    public ChannelLogger getChannelLogger() {
      return Silent.INSTANCE;
    }
  }

  private static final class Silent extends ChannelLogger {
    static final Silent INSTANCE = new Silent();

    @Override
    public void log(ChannelLogLevel level, String message) {}

    @Override
    public void log(ChannelLogLevel level, String format, Object... arguments) {}
  }
}
