package io.gatewaykit.api.tck;

/**
 * A server on the loopback address, with the adapter under test before an application that answers
 * as {@link TckApplication} says.
 */
public interface TckServer extends AutoCloseable {
  /** Returns the port it listens on. */
  int port();

  @Override
  void close();
}
