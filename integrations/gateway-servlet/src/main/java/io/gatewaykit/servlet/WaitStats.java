// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

/**
 * A snapshot of the requests that wait for the guards of one filter.
 *
 * @param waiting number of waiting requests that count towards the limits
 * @param waitingThreads number of these that hold a platform thread
 * @param rejected number of requests rejected with 503 since the start, because a limit was
 *     reached, no verdict arrived in time, or the waiting thread was interrupted
 */
public record WaitStats(int waiting, int waitingThreads, long rejected) {}
