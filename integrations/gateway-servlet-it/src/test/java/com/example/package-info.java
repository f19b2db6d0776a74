// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The configuration of docs/servlet.md. */
@NullMarked
package com.example;

import org.jspecify.annotations.NullMarked;
