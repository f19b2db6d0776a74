package io.grpc.xds;

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
import io.grpc.xds.WeightedRoundRobinLoadBalancer.StaticStrideScheduler;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * gRPC's pickers over channels that are ready and lead nowhere. In its package because the
 * scheduler of weighted picks and the key of ring picks are visible only here.
 */
@NullMarked
public final class GrpcPickers {
  private GrpcPickers() {}

  /** Returns the scheduler that draws for the weighted round robin. */
  public static Supplier<Object> weighted(List<Integer> numbers, ToIntFunction<Integer> weight) {
    var weights = new float[numbers.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = weight.applyAsInt(numbers.get(i));
    }
    var scheduler = new StaticStrideScheduler(weights, new AtomicInteger());
    return () -> numbers.get(scheduler.pick());
  }

  /** Returns the picker of the round robin. */
  public static Supplier<Object> roundRobin(int count) {
    SubchannelPicker picker = picker("round_robin", count, new Object());
    var arguments = new Arguments();
    return () -> Objects.requireNonNull(picker.pickSubchannel(arguments).getSubchannel());
  }

  /** Returns the picker of the hash ring, at its default sizes. */
  public static LongFunction<Object> ring(int count) {
    SubchannelPicker picker =
        picker(
            "ring_hash_experimental",
            count,
            new RingHashLoadBalancer.RingHashConfig(1024, 8 << 20, ""));
    var arguments = new Arguments();
    return key -> {
      arguments.options = CallOptions.DEFAULT.withOption(XdsNameResolver.RPC_HASH_KEY, key);
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
    // A ring connects to what is asked for: ask for everybody until all are connected.
    var arguments = new Arguments();
    for (long key = 0; helper.ready.get() < count && key < 100_000_000; key++) {
      arguments.options =
          CallOptions.DEFAULT.withOption(XdsNameResolver.RPC_HASH_KEY, key * 0x9e3779b97f4a7c15L);
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

  /** Connects at once whoever asks. */
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
      tell(ConnectivityState.IDLE);
    }

    @Override
    public void requestConnection() {
      if (!connected) {
        connected = true;
        tell(ConnectivityState.CONNECTING);
        tell(ConnectivityState.READY);
        helper.context.execute(helper.ready::incrementAndGet);
      }
    }

    private void tell(ConnectivityState state) {
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
