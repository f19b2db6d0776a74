// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** Runs scripts through Lettuce. */
final class LettuceScripts implements ScriptClient {
  private final RedisClusterAsyncCommands<String, String> commands;
  private final BooleanSupplier open;

  LettuceScripts(RedisClusterAsyncCommands<String, String> commands, BooleanSupplier open) {
    this.commands = commands;
    this.open = open;
  }

  @Override
  public CompletionStage<List<Object>> evalsha(String sha, String key, List<String> arguments) {
    return new Sent(
        commands.evalsha(
            sha, ScriptOutputType.MULTI, new String[] {key}, arguments.toArray(String[]::new)));
  }

  @Override
  public CompletionStage<List<Object>> eval(String text, String key, List<String> arguments) {
    return new Sent(
        commands.eval(
            text, ScriptOutputType.MULTI, new String[] {key}, arguments.toArray(String[]::new)));
  }

  @Override
  public boolean isOpen() {
    return open.getAsBoolean();
  }

  /** The reply to a command. Cancelling it removes the command from Lettuce's queue. */
  private static final class Sent extends CompletableFuture<List<Object>> {
    private final RedisFuture<List<Object>> command;

    Sent(RedisFuture<List<Object>> command) {
      this.command = command;
      var ignored =
          command.whenComplete((reply, failure) -> {
            if (failure == null) {
              complete(reply);
            } else {
              completeExceptionally(mapped(failure));
            }
          });
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      command.cancel(mayInterruptIfRunning);
      return super.cancel(mayInterruptIfRunning);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }

    private static Throwable mapped(Throwable failure) {
      Throwable cause =
          failure instanceof CompletionException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      return cause instanceof RedisCommandExecutionException
          ? new ScriptErrorException(String.valueOf(cause.getMessage()))
          : cause;
    }
  }
}
