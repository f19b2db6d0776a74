package io.gatewaykit.examples.netty;

import io.gatewaykit.netty.GatewayHandler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpServerCodec;

/** Lets a server set up its channel, then puts guards right behind its HTTP codec. */
final class GuardedInitializer extends ChannelInitializer<Channel> {
  private final ChannelHandler existing;
  private final GatewayHandler guards;

  /** Takes an initializer that may serve many channels, as those of servers do. */
  GuardedInitializer(ChannelHandler existing, GatewayHandler guards) {
    this.existing = existing;
    this.guards = guards;
  }

  @Override
  protected void initChannel(Channel channel) {
    channel.pipeline().addLast(existing); // runs at once, and leaves the pipeline
    String codec = channel.pipeline().context(HttpServerCodec.class).name();
    channel.pipeline().addAfter(codec, "guards", guards);
  }
}
